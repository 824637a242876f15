import type { Session } from "@medforge/contracts/sessions";

import { Badge, type Tone } from "../../ui/Badge.tsx";

const LOOKS: Readonly<Record<Session["state"], { readonly tone: Tone; readonly text: string }>> = {
  QUEUED: { tone: "warn", text: "waiting for a GPU" },
  STARTING: { tone: "accent", text: "starting" },
  RUNNING: { tone: "good", text: "running" },
  STOPPING: { tone: "warn", text: "stopping" },
  STOPPED: { tone: "plain", text: "stopped" },
  ERROR: { tone: "bad", text: "ended by itself" },
};

export function stateText(state: Session["state"]): string {
  return LOOKS[state].text;
}

export function StateBadge(props: { readonly state: Session["state"] }) {
  return <Badge tone={LOOKS[props.state].tone}>{LOOKS[props.state].text}</Badge>;
}

export function isOver(state: Session["state"]): boolean {
  return state === "STOPPED" || state === "ERROR";
}
