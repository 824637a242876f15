CREATE TABLE `audit_log` (
	`id` varchar(36) NOT NULL,
	`at` datetime(6) NOT NULL,
	`actor_id` varchar(36),
	`action` varchar(64) NOT NULL,
	`target` varchar(100),
	`detail` json NOT NULL,
	`request_id` varchar(64),
	`address` varchar(45),
	CONSTRAINT `audit_log_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `auth_sessions` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`token_hash` char(64) NOT NULL,
	`address` varchar(45) NOT NULL,
	`user_agent` varchar(255) NOT NULL,
	`created_at` datetime(6) NOT NULL,
	`last_seen_at` datetime(6) NOT NULL,
	`expires_at` datetime(6) NOT NULL,
	`revoked_at` datetime(6),
	CONSTRAINT `auth_sessions_id` PRIMARY KEY(`id`),
	CONSTRAINT `auth_sessions_token` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `gpu_devices` (
	`id` varchar(36) NOT NULL,
	`uuid` varchar(96) NOT NULL,
	`name` varchar(128) NOT NULL,
	`memory_mib` int,
	`kind` enum('nvidia','mig','simulated') NOT NULL,
	`enabled` boolean NOT NULL,
	`present` boolean NOT NULL,
	`last_used_at` datetime(6),
	`created_at` datetime(6) NOT NULL,
	CONSTRAINT `gpu_devices_id` PRIMARY KEY(`id`),
	CONSTRAINT `gpu_devices_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `orphans` (
	`slug` varchar(8) NOT NULL,
	`gpu_uuid` varchar(96),
	`workspace_id` varchar(36),
	`ssh_port` smallint unsigned,
	`first_seen_at` datetime(6) NOT NULL,
	CONSTRAINT `orphans_slug` PRIMARY KEY(`slug`)
);
--> statement-breakpoint
CREATE TABLE `packs` (
	`id` varchar(36) NOT NULL,
	`name` varchar(64) NOT NULL,
	`description` varchar(500) NOT NULL,
	`image` varchar(255) NOT NULL,
	`exposure` enum('EXTERNAL','INTERNAL','BOTH') NOT NULL,
	`deprecated_at` datetime(6),
	`created_at` datetime(6) NOT NULL,
	CONSTRAINT `packs_id` PRIMARY KEY(`id`),
	CONSTRAINT `packs_name` UNIQUE(`name`)
);
--> statement-breakpoint
CREATE TABLE `rate_limits` (
	`bucket` varchar(128) NOT NULL,
	`hits` int NOT NULL,
	`window_ends_at` datetime(6) NOT NULL,
	CONSTRAINT `rate_limits_bucket` PRIMARY KEY(`bucket`)
);
--> statement-breakpoint
CREATE TABLE `session_events` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`session_id` varchar(36) NOT NULL,
	`from_state` enum('QUEUED','STARTING','RUNNING','STOPPING','STOPPED','ERROR'),
	`to_state` enum('QUEUED','STARTING','RUNNING','STOPPING','STOPPED','ERROR') NOT NULL,
	`reason` varchar(32),
	`message` varchar(500),
	`actor` varchar(50) NOT NULL,
	`at` datetime(6) NOT NULL,
	CONSTRAINT `session_events_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` varchar(36) NOT NULL,
	`slug` char(8) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`workspace_id` varchar(36) NOT NULL,
	`pack_id` varchar(36) NOT NULL,
	`exposure` enum('EXTERNAL','INTERNAL') NOT NULL,
	`state` enum('QUEUED','STARTING','RUNNING','STOPPING','STOPPED','ERROR') NOT NULL,
	`state_since` datetime(6) NOT NULL,
	`gpu_id` varchar(36),
	`ssh_port` smallint unsigned,
	`reason` varchar(32),
	`message` varchar(500),
	`address` varchar(45),
	`snapshot` varchar(63),
	`attempts` int NOT NULL,
	`next_attempt_at` datetime(6) NOT NULL,
	`last_error` varchar(500),
	`created_at` datetime(6) NOT NULL,
	`allocated_at` datetime(6),
	`running_at` datetime(6),
	`gpu_until` datetime(6),
	`ended_at` datetime(6),
	`active_gpu_id` varchar(36) GENERATED ALWAYS AS (if(`sessions`.`state` in ('STARTING', 'RUNNING', 'STOPPING'), `sessions`.`gpu_id`, null)) STORED,
	`active_ssh_port` smallint unsigned GENERATED ALWAYS AS (if(`sessions`.`state` in ('STARTING', 'RUNNING', 'STOPPING'), `sessions`.`ssh_port`, null)) STORED,
	`active_workspace_id` varchar(36) GENERATED ALWAYS AS (if(`sessions`.`state` in ('STARTING', 'RUNNING', 'STOPPING'), `sessions`.`workspace_id`, null)) STORED,
	CONSTRAINT `sessions_id` PRIMARY KEY(`id`),
	CONSTRAINT `sessions_slug` UNIQUE(`slug`),
	CONSTRAINT `sessions_active_gpu` UNIQUE(`active_gpu_id`),
	CONSTRAINT `sessions_active_ssh_port` UNIQUE(`active_ssh_port`),
	CONSTRAINT `sessions_active_workspace` UNIQUE(`active_workspace_id`)
);
--> statement-breakpoint
CREATE TABLE `ssh_keys` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`name` varchar(100) NOT NULL,
	`public_key` text NOT NULL,
	`fingerprint` varchar(64) NOT NULL,
	`created_at` datetime(6) NOT NULL,
	CONSTRAINT `ssh_keys_id` PRIMARY KEY(`id`),
	CONSTRAINT `ssh_keys_fingerprint` UNIQUE(`user_id`,`fingerprint`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` varchar(36) NOT NULL,
	`email` varchar(254) NOT NULL,
	`display_name` varchar(100) NOT NULL,
	`password_hash` varchar(255) NOT NULL,
	`role` enum('member','admin') NOT NULL,
	`can_use_internal` boolean NOT NULL,
	`max_concurrent_sessions` smallint unsigned NOT NULL,
	`disabled_at` datetime(6),
	`created_at` datetime(6) NOT NULL,
	CONSTRAINT `users_id` PRIMARY KEY(`id`),
	CONSTRAINT `users_email` UNIQUE(`email`)
);
--> statement-breakpoint
CREATE TABLE `workspaces` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`name` varchar(64) NOT NULL,
	`quota_bytes` bigint unsigned NOT NULL,
	`last_ssh_port` smallint unsigned,
	`operation` enum('clone','restore','delete'),
	`operation_snapshot` varchar(63),
	`operation_source_id` varchar(36),
	`operation_safety` varchar(63),
	`operation_error` varchar(500),
	`created_at` datetime(6) NOT NULL,
	`deleted_at` datetime(6),
	`live_name` varchar(64) GENERATED ALWAYS AS (if(`workspaces`.`deleted_at` is null, `workspaces`.`name`, null)) STORED,
	CONSTRAINT `workspaces_id` PRIMARY KEY(`id`),
	CONSTRAINT `workspaces_live_name` UNIQUE(`user_id`,`live_name`)
);
--> statement-breakpoint
ALTER TABLE `auth_sessions` ADD CONSTRAINT `auth_sessions_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `session_events` ADD CONSTRAINT `session_events_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `sessions` ADD CONSTRAINT `sessions_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `sessions` ADD CONSTRAINT `sessions_workspace_id_workspaces_id_fk` FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `sessions` ADD CONSTRAINT `sessions_pack_id_packs_id_fk` FOREIGN KEY (`pack_id`) REFERENCES `packs`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `sessions` ADD CONSTRAINT `sessions_gpu_id_gpu_devices_id_fk` FOREIGN KEY (`gpu_id`) REFERENCES `gpu_devices`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ssh_keys` ADD CONSTRAINT `ssh_keys_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `workspaces` ADD CONSTRAINT `workspaces_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `audit_log_actor` ON `audit_log` (`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_action` ON `audit_log` (`action`,`id`);--> statement-breakpoint
CREATE INDEX `auth_sessions_user` ON `auth_sessions` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `rate_limits_window` ON `rate_limits` (`window_ends_at`);--> statement-breakpoint
CREATE INDEX `session_events_session` ON `session_events` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_state` ON `sessions` (`state`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_gpu_until` ON `sessions` (`gpu_until`);