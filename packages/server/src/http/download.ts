/** A file that is saved, never shown: whatever is in it, no browser takes it for a page of ours. */
export function download(path: string, name: string): Response {
  return new Response(Bun.file(path), {
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": attachment(name),
    },
  });
}

/** For `Content-Disposition`: saved under this name. */
export function attachment(name: string): string {
  return `attachment; filename*=UTF-8''${rfc5987(name)}`;
}

/** For `filename*` (RFC 8187, 3.2): what encodeURIComponent leaves and the grammar does not allow is encoded too. */
function rfc5987(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
