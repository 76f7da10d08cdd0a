import { FlowPlugin, type HookFlow, type HookPacket } from '../plugins/index.js';

/** The column of a flow's number in the order in which flows begin, which is the same in every run over the same packets. No output has it. */
export const numberColumn = 'nfstream: number of the flow';

/** Numbers the flows of a run in the order in which they begin. */
export class FlowNumbers extends FlowPlugin<{ [numberColumn]: number }> {
  override readonly name = 'numbers of flows';
  override readonly columns = { [numberColumn]: { type: 'int', default: 0 } } as const;
  #next = 0;

  override onInit(_packet: HookPacket, flow: HookFlow<{ [numberColumn]: number }>): void {
    flow.udps[numberColumn] = this.#next++;
    flow.stopUpdates();
  }
}
