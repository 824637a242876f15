CREATE TABLE `board_lines` (
	`identity_id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`submission_id` varchar(36) NOT NULL,
	`score` double NOT NULL,
	`sort_key` double NOT NULL,
	`submitted_at` datetime(6) NOT NULL,
	`submissions` int unsigned NOT NULL,
	`interval_low` double,
	`interval_high` double,
	`rank_low` int unsigned,
	`rank_high` int unsigned,
	`first_probability` double,
	`tier` int unsigned,
	`statistics_fit` boolean NOT NULL,
	CONSTRAINT `board_lines_identity_id_user_id_pk` PRIMARY KEY(`identity_id`,`user_id`)
);
--> statement-breakpoint
CREATE TABLE `boards` (
	`identity_id` varchar(36) NOT NULL,
	`changed_at` datetime(6) NOT NULL,
	`statistics_at` datetime(6),
	`statistics` json,
	CONSTRAINT `boards_identity_id` PRIMARY KEY(`identity_id`)
);
--> statement-breakpoint
CREATE TABLE `competitions` (
	`id` varchar(36) NOT NULL,
	`slug` varchar(63) NOT NULL,
	`title` varchar(200) NOT NULL,
	`exposure` enum('EXTERNAL','INTERNAL') NOT NULL,
	`dataset_slug` varchar(63),
	`manifest` mediumtext NOT NULL,
	`target_identity_id` varchar(36) NOT NULL,
	`board_identity_id` varchar(36) NOT NULL,
	`created_at` datetime(6) NOT NULL,
	`updated_at` datetime(6) NOT NULL,
	`retired_at` datetime(6),
	CONSTRAINT `competitions_id` PRIMARY KEY(`id`),
	CONSTRAINT `competitions_slug` UNIQUE(`slug`)
);
--> statement-breakpoint
CREATE TABLE `dataset_files` (
	`dataset_id` varchar(36) NOT NULL,
	`path` varchar(500) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`bytes` bigint unsigned NOT NULL,
	`sha256` char(64) NOT NULL,
	CONSTRAINT `dataset_files_dataset_id_path_pk` PRIMARY KEY(`dataset_id`,`path`)
);
--> statement-breakpoint
CREATE TABLE `datasets` (
	`id` varchar(36) NOT NULL,
	`slug` varchar(63) NOT NULL,
	`title` varchar(200) NOT NULL,
	`description` mediumtext NOT NULL,
	`licence` varchar(200) NOT NULL,
	`source` varchar(500) NOT NULL,
	`exposure` enum('EXTERNAL','INTERNAL','BOTH') NOT NULL,
	`files` int unsigned NOT NULL,
	`bytes` bigint unsigned NOT NULL,
	`tree_sha256` char(64) NOT NULL,
	`created_at` datetime(6) NOT NULL,
	`retired_at` datetime(6),
	CONSTRAINT `datasets_id` PRIMARY KEY(`id`),
	CONSTRAINT `datasets_slug` UNIQUE(`slug`)
);
--> statement-breakpoint
CREATE TABLE `score_identities` (
	`id` varchar(36) NOT NULL,
	`competition_slug` varchar(63) NOT NULL,
	`manifest` mediumtext NOT NULL,
	`manifest_sha256` char(64) NOT NULL,
	`holdout_sha256` char(64) NOT NULL,
	`public_sha256` char(64) NOT NULL,
	`scorer_version` varchar(32) NOT NULL,
	`metric_versions` varchar(500) NOT NULL,
	`direction` enum('higher-is-better','lower-is-better') NOT NULL,
	`created_at` datetime(6) NOT NULL,
	CONSTRAINT `score_identities_id` PRIMARY KEY(`id`),
	CONSTRAINT `score_identities_what` UNIQUE(`competition_slug`,`manifest_sha256`,`holdout_sha256`,`public_sha256`,`scorer_version`,`metric_versions`)
);
--> statement-breakpoint
CREATE TABLE `score_runs` (
	`id` varchar(36) NOT NULL,
	`submission_id` varchar(36) NOT NULL,
	`identity_id` varchar(36) NOT NULL,
	`state` enum('queued','scoring','scored','failed') NOT NULL,
	`attempts` smallint unsigned NOT NULL,
	`claim` varchar(36),
	`lease_until` datetime(6),
	`queued_at` datetime(6) NOT NULL,
	`ended_at` datetime(6),
	`score` double,
	`components` json,
	`per_case` mediumblob,
	`warnings` json,
	`error_code` varchar(64),
	`error_detail` varchar(500),
	CONSTRAINT `score_runs_id` PRIMARY KEY(`id`),
	CONSTRAINT `score_runs_once` UNIQUE(`submission_id`,`identity_id`)
);
--> statement-breakpoint
CREATE TABLE `submission_days` (
	`competition_id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`day` char(10) NOT NULL,
	`used` smallint unsigned NOT NULL,
	CONSTRAINT `submission_days_competition_id_user_id_day_pk` PRIMARY KEY(`competition_id`,`user_id`,`day`)
);
--> statement-breakpoint
CREATE TABLE `submissions` (
	`id` varchar(36) NOT NULL,
	`competition_id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`file_name` varchar(255) NOT NULL,
	`file_bytes` bigint unsigned NOT NULL,
	`file_sha256` char(64) NOT NULL,
	`created_at` datetime(6) NOT NULL,
	`withdrawn_at` datetime(6),
	CONSTRAINT `submissions_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`id` varchar(36) NOT NULL,
	`name` varchar(100) NOT NULL,
	`seen_at` datetime(6) NOT NULL,
	CONSTRAINT `workers_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `board_lines` ADD CONSTRAINT `board_lines_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `dataset_files` ADD CONSTRAINT `dataset_files_dataset_id_datasets_id_fk` FOREIGN KEY (`dataset_id`) REFERENCES `datasets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `score_runs` ADD CONSTRAINT `score_runs_submission_id_submissions_id_fk` FOREIGN KEY (`submission_id`) REFERENCES `submissions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `submission_days` ADD CONSTRAINT `submission_days_competition_id_competitions_id_fk` FOREIGN KEY (`competition_id`) REFERENCES `competitions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `submission_days` ADD CONSTRAINT `submission_days_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `submissions` ADD CONSTRAINT `submissions_competition_id_competitions_id_fk` FOREIGN KEY (`competition_id`) REFERENCES `competitions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `submissions` ADD CONSTRAINT `submissions_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `board_lines_order` ON `board_lines` (`identity_id`,`sort_key`,`submitted_at`,`submission_id`);--> statement-breakpoint
CREATE INDEX `score_runs_waiting` ON `score_runs` (`state`,`queued_at`,`id`);--> statement-breakpoint
CREATE INDEX `score_runs_identity` ON `score_runs` (`identity_id`,`state`);--> statement-breakpoint
CREATE INDEX `submissions_of_user` ON `submissions` (`competition_id`,`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `submissions_same_bytes` ON `submissions` (`competition_id`,`user_id`,`file_sha256`);--> statement-breakpoint
CREATE INDEX `submissions_user` ON `submissions` (`user_id`,`id`);