CREATE TABLE `spare_networks` (
	`slug` varchar(8) NOT NULL,
	`ssh_port` smallint unsigned NOT NULL,
	CONSTRAINT `spare_networks_slug` PRIMARY KEY(`slug`),
	CONSTRAINT `spare_networks_ssh_port` UNIQUE(`ssh_port`)
);
