import { windowNames, windows, type LookData, type RunState, type WindowName } from '../../gather/live-data.js';
import type { Told } from '../../gather/told.js';
import { choice, make } from '../dom.js';
import { bytes, count, percent, short, time } from '../format.js';
import { Report } from '../report.js';
import { Feed, type FeedState } from './feed.js';

const says: Readonly<Record<FeedState, string>> = {
  open: '',
  lost: 'The connection to the run was lost. Trying again…',
  full: 'As many pages are open as the run serves. Trying again…',
  refused: 'The token in the address of this page is wrong, or missing: open the address that the run has printed.',
  ended: 'The run has ended. What is shown is the last that it told.',
};

/** The page of a run that goes on. */
class Dashboard {
  readonly #root: HTMLElement;
  readonly #feed: Feed;
  readonly #state = make('div', { class: 'state', attributes: { role: 'group', 'aria-label': 'The run' } });
  readonly #message = make('p', { class: 'banner', attributes: { role: 'status' } });
  readonly #pause = make('button', { text: 'Pause', onclick: () => this.#toggle(), attributes: { type: 'button', 'aria-pressed': 'false' } });
  readonly #bar: HTMLElement;
  #window: WindowName = 'minute';
  #paused = false;
  #report: Report | null = null;
  /** What was told last of everything but the time line. */
  #told: Omit<Told, 'timelines'> | null = null;

  constructor(root: HTMLElement, token: string) {
    this.#root = root;
    this.#feed = new Feed(token, { take: (data) => this.#take(data), changed: (state) => this.#changed(state) });
    const names = windowNames.map((name): [WindowName, string] => [name, windows[name].title]);
    const choose = choice('How far back', names, this.#window, (name) => {
      this.#window = name;
      this.#told = null;
      if (!this.#paused) this.#feed.open(name);
    });
    this.#bar = make('div', { class: 'live' }, make('div', { class: 'tools' }, choose, this.#pause), this.#state, this.#message);
    this.#message.hidden = true;
  }

  begin(): void {
    this.#root.replaceChildren(this.#bar);
    this.#feed.open(this.#window);
  }

  #toggle(): void {
    this.#paused = !this.#paused;
    this.#pause.textContent = this.#paused ? 'Go on' : 'Pause';
    this.#pause.setAttribute('aria-pressed', String(this.#paused));
    if (this.#paused) this.#feed.close();
    else this.#feed.open(this.#window);
  }

  #take({ title, state, estimated, timelines, told }: LookData): void {
    this.#showState(state, estimated);
    this.#told = told ?? this.#told;
    if (this.#told === null) return;
    const whole = { ...this.#told, timelines };
    if (this.#report === null) {
      this.#report = new Report({ title, told: whole, columns: [], withoutFlows: 0 }, true);
      this.#report.begin(this.#root, [this.#bar]);
    }
    this.#report.renew(whole, told !== null);
    const seen = document.documentElement.dataset;
    seen['ready'] = String(Number(seen['ready'] ?? 0) + 1);
  }

  #changed(state: FeedState): void {
    this.#message.textContent = says[state];
    this.#message.hidden = state === 'open';
    document.documentElement.dataset['feed'] = state;
  }

  #showState({ atMs, packetsPerSecond, bytesPerSecond, openFlows, capacity, dropped, away }: RunState, estimated: boolean): void {
    const lost = dropped === null ? 0 : dropped.kernel + dropped.credit + dropped.interface;
    const why = dropped === null ? '' : `kernel ${count(dropped.kernel)}, no credit ${count(dropped.credit)}, interface ${count(dropped.interface)}`;
    const facts: [name: string, value: string, bad: boolean, title: string][] = [
      ['Packets', `${short(packetsPerSecond)}/s`, false, ''],
      ['Bytes', `${bytes(bytesPerSecond)}/s`, false, ''],
      [
        'Open flows',
        `${short(openFlows)} (${percent(openFlows, capacity) || '0 %'} of the table)`,
        openFlows > 0.9 * capacity,
        `${count(openFlows)} of ${count(capacity)}`,
      ],
      ...(dropped === null ? [] : [['Dropped packets', short(lost), lost > 0, why] as [string, string, boolean, string]]),
      ...(away.length === 0 ? [] : [['Away', away.join(', '), true, 'Devices that are waited for'] as [string, string, boolean, string]]),
      ...(estimated
        ? [
            [
              'Figures',
              'estimated',
              false,
              'More flows were active in a second than are told apart: all large ones, and a sample of the others that stands for them.',
            ] as [string, string, boolean, string],
          ]
        : []),
      ['As of', `${time(atMs).slice(11)} UTC`, false, ''],
    ];
    this.#state.replaceChildren(
      ...facts.map(([name, value, bad, title]) =>
        make(
          'span',
          { class: bad ? 'fact bad' : 'fact', title },
          make('span', { class: 'name', text: name }),
          make('strong', {}, make('bdi', { text: value })),
        ),
      ),
    );
  }
}

document.documentElement.dataset['theme'] = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
new Dashboard(document.getElementById('report')!, location.hash.slice(1)).begin();
// Another token is another page.
addEventListener('hashchange', () => location.reload());
