-- Unused ends of ranges that processes left when they stopped, for those that start within the next minutes. A row with
-- start_id -1 is no range: nothing below its end_id may be left. Leaf knows nothing of the table, and it may be absent.
-- After a restore of the database by hand: DELETE FROM frond_leftover.
CREATE TABLE IF NOT EXISTS `frond_leftover` (
  `biz_tag` varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `start_id` bigint(20) NOT NULL,
  `end_id` bigint(20) NOT NULL,
  `left_at` bigint(20) NOT NULL,
  `server` varchar(320) NOT NULL,
  PRIMARY KEY (`biz_tag`, `start_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
