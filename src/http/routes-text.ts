/** What is at `/` for a person with curl: the routes. */
export function routesText(version: string): string {
  return `Frond ${version}

GET  /id/segment/:tag              one ID of a tag; ?count=N one a line; ?fallback=uuid
GET  /id/segment/:tag/ranges       ?count=N as ranges, JSON
GET  /id/snowflake                 one snowflake ID; ?count=N; ?fallback=uuid
GET  /id/snowflake/ranges          ?count=N as ranges, JSON
GET  /id/uuid                      one UUID, ?version=7 (default) or 4; ?count=N
     (text by default; JSON with "Accept: application/json")
GET  /decode/:id                   what a snowflake ID says

GET  /tags                         all tags (admin)
GET  /tags/:tag                    one tag (admin); PUT {"step":1000} creates or changes it,
                                   PATCH {"step":2000} changes it, DELETE retires it
GET  /workers                      every worker ID, who has it, and when it is free (admin)

GET  /healthz  /readyz  /metrics  /openapi.json
GET  /status                       ?tags=N&match=text&order=rate|name|empty|waste|fetch;
                                   a browser gets it as a page at /

GET  /api/segment/get/:key  /api/snowflake/get/:key  /decodeSnowflakeId?snowflakeId=   as Leaf has them
`;
}
