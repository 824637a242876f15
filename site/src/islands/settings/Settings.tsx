import { Card } from "../../ui/Card.tsx";
import { Appearance } from "./Appearance.tsx";
import { Logins } from "./Logins.tsx";
import { Profile } from "./Profile.tsx";
import { SshKeys } from "./SshKeys.tsx";
import { Tokens } from "./Tokens.tsx";

export function Settings() {
  return (
    <div class="grid gap-6">
      <Profile />
      <Card title="SSH keys">
        <SshKeys />
      </Card>
      <Tokens />
      <Logins />
      <Appearance />
    </div>
  );
}
