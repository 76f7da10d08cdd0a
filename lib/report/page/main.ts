import { Flows } from './flows.js';
import { loadFlows, loadSums, sizeOf } from './load.js';
import { Report } from './report.js';

async function begin(): Promise<void> {
  const root = document.getElementById('report')!;
  const report = new Report(await loadSums());
  report.begin(root);
  // Few flows are there so soon that drawing twice would only take time.
  if (sizeOf('flows') === 0 || sizeOf('flows') > 500_000) report.look();
  const table = await loadFlows();
  if (table !== null) report.take(new Flows(table));
  document.documentElement.dataset['ready'] = String(Math.round(performance.now()));
}

begin().catch((error: unknown) => {
  document.getElementById('report')!.textContent = `This browser can't show the report: ${String(error)}. It needs DecompressionStream (2023 or later).`;
  throw error;
});
