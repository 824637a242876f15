import type { Pack } from "@medforge/contracts/packs";
import type { Pack as Row } from "@medforge/db/queries/packs";

import { instantOrNull, instantText } from "../../http/envelope.ts";

export function packOnWire(pack: Row): Pack {
  return {
    id: pack.id,
    name: pack.name,
    description: pack.description,
    image: pack.image,
    exposure: pack.exposure,
    deprecated_at: instantOrNull(pack.deprecatedAt),
    created_at: instantText(pack.createdAt),
  };
}
