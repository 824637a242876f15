/** The versions of an identity's metrics as one text, by the component's key: `dice=dice-v1,hd95=hd95-v1`. */
export function metricVersionsText(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([key, version]) => `${key}=${version}`)
    .sort()
    .join(",");
}
