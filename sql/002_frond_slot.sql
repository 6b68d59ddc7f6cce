-- One row for each worker ID of snowflakes that was ever used; rows are never deleted. Every change raises the version.
CREATE TABLE IF NOT EXISTS `frond_slot` (
  `worker_id` int(11) NOT NULL,
  `version` bigint(20) NOT NULL,
  `token` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `incarnation` bigint(20) NOT NULL,
  `renewal` bigint(20) NOT NULL,
  `hwm_ms` bigint(20) NOT NULL,
  `bound_ms` bigint(20) NOT NULL,
  `state` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `owner_host` varchar(255) NOT NULL,
  `owner_port` int(11) DEFAULT NULL,
  `owner_pid` bigint(20) NOT NULL,
  PRIMARY KEY (`worker_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
