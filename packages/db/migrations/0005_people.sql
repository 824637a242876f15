ALTER TABLE `users` ADD `chosen_handle` varchar(32);--> statement-breakpoint
ALTER TABLE `users` ADD `handle` varchar(32) GENERATED ALWAYS AS (coalesce(`users`.`chosen_handle`, concat('member-', right(`users`.`id`, 12)))) STORED;--> statement-breakpoint
ALTER TABLE `users` ADD `unlisted_at` datetime(6);--> statement-breakpoint
ALTER TABLE `users` ADD CONSTRAINT `users_handle` UNIQUE(`handle`);--> statement-breakpoint
CREATE INDEX `users_disabled` ON `users` (`disabled_at`);--> statement-breakpoint
CREATE INDEX `users_unlisted` ON `users` (`unlisted_at`);