-- With the reason in front, SQLite too takes this index for what is old enough to be removed.
DROP INDEX pedidos_rechazados_por_edad;
CREATE INDEX pedidos_rechazados_por_edad ON pedidos (motivo, actualizado_en) WHERE motivo = 'SIN_STOCK' AND fase = 'CANCELADO';
