-- A customer's refused orders of a day, and those that are old enough to be removed.
CREATE INDEX pedidos_rechazados ON pedidos (usuario_id, creado_en) WHERE motivo = 'SIN_STOCK';
CREATE INDEX pedidos_rechazados_por_edad ON pedidos (actualizado_en) WHERE motivo = 'SIN_STOCK' AND fase = 'CANCELADO';
CREATE INDEX idempotency_keys_unanswered ON idempotency_keys (created_at) WHERE status IS NULL;
