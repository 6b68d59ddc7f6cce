-- One row in each of several primaries: this database gives the IDs that are `remainder` modulo `delta`.
-- Never change it by hand while an instance runs: docs/several-primaries.md.
CREATE TABLE IF NOT EXISTS `frond_residue` (
  `id` int(11) NOT NULL,
  `delta` int(11) NOT NULL,
  `remainder` int(11) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
