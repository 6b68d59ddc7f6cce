-- One row: what all snowflakes of these worker IDs share. A change of the tree ID makes every claim look at it anew.
CREATE TABLE IF NOT EXISTS `frond_slot_layout` (
  `id` int(11) NOT NULL,
  `tree_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `epoch_ms` bigint(20) NOT NULL,
  `time_bits` int(11) NOT NULL,
  `worker_bits` int(11) NOT NULL,
  `sequence_bits` int(11) NOT NULL,
  `floor_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
