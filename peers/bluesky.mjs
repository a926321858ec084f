// Bluesky's own servers, as their dev-env package starts them; prints their addresses as one line
// of JSON and runs until standard input ends. Needs DB_POSTGRES_URL and REDIS_HOST.
import { TestNetwork } from '@atproto/dev-env'

const network = await TestNetwork.create({
  pds: { rateLimitsEnabled: true },
  bsky: { dbPostgresSchema: 'bsky' },
})
console.log(JSON.stringify({ pds: network.pds.url, appview: network.bsky.url }))
process.stdin.resume()
process.stdin.on('end', async () => {
  await network.close()
  process.exit(0)
})
