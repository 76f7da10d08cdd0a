/** Whether to try as often as CI does: `npm run test:all` says so. Otherwise the same cases are tried less often, for tests that end soon. */
export const thorough = process.env['NFSTREAM_TEST_THOROUGH'] === '1';
