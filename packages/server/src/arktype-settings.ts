import { configure } from "arktype/config";

// Settings are read once: compiled validators would cost 12 MB for nothing. Must be imported before arktype itself.
configure({ jitless: true });
