-- Leaf's own table, column for column, so that Leaf and Frond can serve from the same rows.
-- A row with step 0 is a retired tag: it keeps its max_id, so that its IDs can never be given again.
-- The table takes the database's character set; utf8mb4 lets descriptions hold any text.
CREATE TABLE IF NOT EXISTS `leaf_alloc` (
  `biz_tag` varchar(128) NOT NULL DEFAULT '',
  `max_id` bigint(20) NOT NULL DEFAULT '1',
  `step` int(11) NOT NULL,
  `description` varchar(256) DEFAULT NULL,
  `update_time` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (`biz_tag`)
) ENGINE=InnoDB
