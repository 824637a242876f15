CREATE TABLE `app_logins` (
	`token_hash` char(64) NOT NULL,
	`login_id` varchar(36) NOT NULL,
	`session_id` varchar(36) NOT NULL,
	`port` smallint unsigned NOT NULL,
	`created_at` datetime(6) NOT NULL,
	`ended_at` datetime(6),
	CONSTRAINT `app_logins_token_hash` PRIMARY KEY(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `session_tickets` (
	`token_hash` char(64) NOT NULL,
	`login_id` varchar(36) NOT NULL,
	`session_id` varchar(36) NOT NULL,
	`port` smallint unsigned NOT NULL,
	`expires_at` datetime(6) NOT NULL,
	CONSTRAINT `session_tickets_token_hash` PRIMARY KEY(`token_hash`)
);
--> statement-breakpoint
ALTER TABLE `app_logins` ADD CONSTRAINT `app_logins_login_id_auth_sessions_id_fk` FOREIGN KEY (`login_id`) REFERENCES `auth_sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `app_logins` ADD CONSTRAINT `app_logins_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `session_tickets` ADD CONSTRAINT `session_tickets_login_id_auth_sessions_id_fk` FOREIGN KEY (`login_id`) REFERENCES `auth_sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `session_tickets` ADD CONSTRAINT `session_tickets_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `session_tickets_expires` ON `session_tickets` (`expires_at`);