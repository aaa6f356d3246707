-- Ids that were closed before they held anything, by age. creado_en = actualizado_en leaves out nearly all that did.
CREATE INDEX reservas_cerradas ON reservas (actualizado_en) WHERE estado = 'LIBERADA' AND creado_en = actualizado_en;
-- What the check of the reference looks into when a reservation is removed: else it reads the whole ledger.
CREATE INDEX movimientos_de_reserva ON movimientos (reserva_id) WHERE reserva_id IS NOT NULL;
CREATE INDEX idempotency_keys_unanswered ON idempotency_keys (created_at) WHERE status IS NULL;
