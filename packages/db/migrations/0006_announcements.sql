CREATE TABLE `announcements` (
	`id` varchar(36) NOT NULL,
	`exposure` enum('EXTERNAL','INTERNAL','BOTH') NOT NULL,
	`severity` enum('info','warning','critical') NOT NULL,
	`title` varchar(120) NOT NULL,
	`body` text NOT NULL,
	`starts_at` datetime(6) NOT NULL,
	`ends_at` datetime(6),
	`created_at` datetime(6) NOT NULL,
	`updated_at` datetime(6) NOT NULL,
	CONSTRAINT `announcements_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE INDEX `announcements_ends` ON `announcements` (`ends_at`);