export { dhcp, type DhcpColumns, type DhcpOptions } from './dhcp.js';
export { dstName, type DstNameColumns, type DstNameOptions } from './dst-name.js';
export { mdns, type MdnsColumns, type MdnsOptions } from './mdns.js';
export { payload, type PayloadColumns, type PayloadOptions } from './payload.js';
export { reassembly, type ReassemblyColumns, type ReassemblyOptions } from './reassembly.js';
export { slicer, type SlicerOptions } from './slicer.js';
export { splt, type SpltColumns, type SpltOptions } from './splt.js';
export { tcpEnd, type TcpEndOptions } from './tcp-end.js';
export { wavelet, type WaveletColumns, type WaveletOptions } from './wavelet.js';
