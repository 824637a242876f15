import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "mysql",
  schema: ["./src/schema.ts", "./src/competitions-schema.ts", "./src/gate-schema.ts"],
  out: "./migrations",
});
