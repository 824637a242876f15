CREATE TABLE `api_tokens` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`name` varchar(100) NOT NULL,
	`token_hash` char(64) NOT NULL,
	`scopes` json NOT NULL,
	`created_at` datetime(6) NOT NULL,
	`expires_at` datetime(6) NOT NULL,
	`last_used_at` datetime(6),
	`last_used_address` varchar(45),
	`revoked_at` datetime(6),
	CONSTRAINT `api_tokens_id` PRIMARY KEY(`id`),
	CONSTRAINT `api_tokens_token` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` varchar(36) NOT NULL,
	`token_hash` char(64) NOT NULL,
	`email` varchar(254),
	`role` enum('member','admin') NOT NULL,
	`can_use_internal` boolean NOT NULL,
	`created_by` varchar(36),
	`created_at` datetime(6) NOT NULL,
	`expires_at` datetime(6) NOT NULL,
	`used_at` datetime(6),
	`used_by` varchar(36),
	`revoked_at` datetime(6),
	CONSTRAINT `invitations_id` PRIMARY KEY(`id`),
	CONSTRAINT `invitations_token` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `login_attempts` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36),
	`outcome` enum('logged_in','wrong_password','disabled') NOT NULL,
	`address` varchar(45) NOT NULL,
	`user_agent` varchar(255) NOT NULL,
	`at` datetime(6) NOT NULL,
	CONSTRAINT `login_attempts_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `users` ADD `access_changed_at` datetime(6);--> statement-breakpoint
ALTER TABLE `api_tokens` ADD CONSTRAINT `api_tokens_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `invitations` ADD CONSTRAINT `invitations_created_by_users_id_fk` FOREIGN KEY (`created_by`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `invitations` ADD CONSTRAINT `invitations_used_by_users_id_fk` FOREIGN KEY (`used_by`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `login_attempts` ADD CONSTRAINT `login_attempts_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `api_tokens_user` ON `api_tokens` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `login_attempts_user` ON `login_attempts` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `login_attempts_at` ON `login_attempts` (`at`);--> statement-breakpoint
CREATE INDEX `users_access_changed` ON `users` (`access_changed_at`);