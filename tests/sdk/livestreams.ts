// What somebody writes with the vendor's official TypeScript SDK; test_typescript.py compiles, checks and runs it.
// Prints one JSON object: what came back, by name.

import Cloudflare, { BadRequestError, AuthenticationError, NotFoundError } from 'cloudflare';

declare const process: { argv: string[] };

const [baseURL, apiToken, account_id] = process.argv.slice(2);
const client = new Cloudflare({ apiToken, baseURL, maxRetries: 0 });
const livestreams = client.realtimeKit.livestreams;
const app_id = `${account_id}-app`;
const window = { start_time: '2026-01-31T18:00:00Z', end_time: '2026-01-31T18:10:00Z' };

async function refusal(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof BadRequestError || error instanceof AuthenticationError) {
      return { raised: error.constructor.name, status: error.status, errors: error.errors, message: error.message };
    }
    throw error;
  }
}

async function main(): Promise<void> {
  const overall = await livestreams.getLivestreamAnalyticsComplete(app_id, {
    account_id,
    start_time: Date.parse(window.start_time) / 1000,
    end_time: Date.parse(window.end_time) / 1000,
  });
  const daywise = await livestreams.getLivestreamAnalyticsDaywise(app_id, {
    account_id,
    start_time: Date.parse(window.start_time) / 1000,
    end_time: Date.parse(window.end_time) / 1000,
  });

  const names: Array<string | undefined> = [];
  let total = 1;
  while (names.length < total) {
    const page = await livestreams.getAllLivestreams(app_id, {
      account_id,
      sort_order: 'ASC',
      page_no: names.length + 1,
      per_page: 1,
    });
    total = page.data?.paging?.total_count ?? 0;
    names.push(page.data?.name);
  }
  const idle = await livestreams.getAllLivestreams(app_id, { account_id, status: 'IDLE', ...window });
  const livestreamID = idle.data?.id ?? '';

  const first = await livestreams.getLivestreamSessionForLivestreamID(livestreamID, { account_id, app_id });
  const second = await livestreams.getLivestreamSessionForLivestreamID(livestreamID, {
    account_id,
    app_id,
    page_no: 2,
    per_page: 1,
  });
  const sessionID = second.data?.session?.id ?? '';
  const details = await livestreams.getLivestreamSessionDetailsForSessionID(sessionID, { account_id, app_id });

  const live = await livestreams.getAllLivestreams(app_id, { account_id, status: 'LIVE' });
  const active = await livestreams.getActiveLivestreamsForLivestreamID(live.data?.id ?? '', { account_id, app_id });
  const inactive = await livestreams.getActiveLivestreamsForLivestreamID(livestreamID, { account_id, app_id });

  const unknown = '0'.repeat(32);
  const stranger = new Cloudflare({ apiToken: 'trn_unknown', baseURL, maxRetries: 0 });
  console.log(
    JSON.stringify({
      overall,
      daywise,
      names,
      idle,
      first,
      second,
      details,
      active,
      inactive,
      missing: await refusal(livestreams.getLivestreamSessionForLivestreamID(unknown, { account_id, app_id })),
      missingActive: await refusal(livestreams.getActiveLivestreamsForLivestreamID(unknown, { account_id, app_id })),
      missingSession: await refusal(
        livestreams.getLivestreamSessionDetailsForSessionID(unknown, { account_id, app_id }),
      ),
      elsewhere: await refusal(livestreams.getAllLivestreams('south-app', { account_id })),
      excessive: await refusal(livestreams.getAllLivestreams(app_id, { account_id, per_page: 101 })),
      stranger: await refusal(
        stranger.realtimeKit.livestreams.getLivestreamAnalyticsComplete(app_id, { account_id }),
      ),
    }),
  );
}

void main();
