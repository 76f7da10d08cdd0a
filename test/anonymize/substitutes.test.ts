import { expect } from 'chai';
import { ipBytes, macBytes } from '../../lib/text/address-bytes.js';
import { RecentMap } from '../../lib/recent-map.js';
import { hashSubstitutes, prefixSubstitutes, Substitutes } from '../../lib/anonymize/substitutes.js';
import { ipText } from '../../lib/text/address-text.js';

const bytes = (from: number, to: number): Buffer => Buffer.from(Array.from({ length: to - from }, (_, i) => from + i));

function substituted(how: Substitutes, text: string | Buffer): string {
  const buffer = Buffer.from(text as string);
  return Buffer.from(how.of(buffer, 0, buffer.length)!).toString();
}

describe('digests', () => {
  // BLAKE2's known answers (blake2b-kat.txt, keyed): key 00 to 3f, input 00, 01, ... of this length.
  const known: [length: number, digest: string][] = [
    [0, '10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568'],
    [1, '961f6dd1e4dd30f63901690c512e78e4b45e4742ed197c3c5e45c549fd25f2e4187b0bc9fe30492b16b0d0bc4ef9b0f34c7003fac09a5ef1532e69430234cebd'],
    [2, 'da2cfbe2d8409a0f38026113884f84b50156371ae304c4430173d08a99d9fb1b983164a3770706d537f49e0c916d9f32b95cc37a95b99d857436f0232c88a965'],
    [128, '72065ee4dd91c2d8509fa1fc28a37c7fc9fa7d5b3f8ad3d0d7a25626b57b1b44788d4caf806290425f9890a3a2a35a905ab4b37acfd0da6e4517b2525c9651e4'],
    [255, '142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e92484be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461'],
  ];
  for (const [length, digest] of known) {
    it(`are BLAKE2b's for ${length} bytes`, () => {
      expect(substituted(hashSubstitutes(bytes(0, 64)), bytes(0, length))).to.equal(digest);
    });
  }

  // hashlib.blake2b(value.encode(), digest_size=64, key=b'0123456789abcdef').hexdigest() of Python, which nfstream calls.
  const python: [value: string, digest: string][] = [
    ['192.168.1.10', '5c41e9265ff748b000e6596b180b919a5db813a5309c09db78606878e8b3ee1362362eb06e107b0179ae2ad64da79affe814be549cf6fc02be06a8eb7d59554b'],
    ['ümläut', '00338f28b79e2f1071d8d3ad5bbab2217b44f61e99df29d8d04335f884810270eaa99caa218d59ec4581614e5c209bed991764f4682ef68a0dfd4e2ed43e30fa'],
  ];
  for (const [value, digest] of python) {
    it(`are Python's for ${value}`, () => {
      expect(substituted(hashSubstitutes(Buffer.from('0123456789abcdef')), value)).to.equal(digest);
    });
  }

  it('differ with the key, which is copied', () => {
    const key = bytes(0, 64);
    const how = hashSubstitutes(key);
    key[0] = 1;
    expect(substituted(how, bytes(0, 2))).to.equal(known[2]![1]);
    expect(substituted(hashSubstitutes(key), bytes(0, 2))).to.not.equal(known[2]![1]);
  });

  it('are made of long values too', () => {
    const how = hashSubstitutes(bytes(0, 64));
    expect(new Set([substituted(how, 'x'.repeat(300)), substituted(how, 'x'.repeat(301)), substituted(how, 'x'.repeat(300))]).size).to.equal(2);
  });
});

describe('prefix-preserving addresses', () => {
  const key = Buffer.from([
    21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
  ]);
  const { address, mac, oui } = prefixSubstitutes(key);

  // The sample trace of Crypto-PAn 1.0 (sample_trace_raw.dat, sample_trace_sanitized.dat), and for IPv6 the vectors that its ports share.
  const published: [before: string, after: string][] = [
    ['128.11.68.132', '135.242.180.132'],
    ['129.118.74.4', '134.136.186.123'],
    ['130.132.252.244', '133.68.164.234'],
    ['141.223.7.43', '141.167.8.160'],
    ['152.163.225.39', '151.140.114.167'],
    ['192.102.249.13', '252.138.62.131'],
    ['195.205.63.100', '255.186.223.5'],
    ['202.49.198.20', '245.206.7.234'],
    ['205.178.38.67', '242.108.198.51'],
    ['24.14.213.138', '100.1.42.141'],
    ['24.5.0.80', '100.9.15.210'],
    ['38.15.67.68', '64.3.66.187'],
    ['4.3.88.225', '124.60.155.63'],
    ['63.14.55.111', '95.9.215.7'],
    ['64.34.154.117', '0.221.154.117'],
    ['10.185.25.118', '117.161.29.118'],
    ['::1', '78ff:f001:9fc0:20df:8380:b1f1:704:ed'],
    ['::2', '78ff:f001:9fc0:20df:8380:b1f1:704:ef'],
    ['::ffff', '78ff:f001:9fc0:20df:8380:b1f1:704:f838'],
    ['2001:db8::1', '4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e'],
    ['2001:db8::2', '4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c'],
  ];
  for (const [before, after] of published) {
    it(`makes ${after} of ${before}`, () => {
      expect(substituted(address, before)).to.equal(after);
    });
  }

  const common = (a: Uint8Array, b: Uint8Array): number => {
    for (let bit = 0; bit < 8 * a.length; bit++) if (((a[bit >> 3]! ^ b[bit >> 3]!) << (bit & 7)) & 0x80) return bit;
    return 8 * a.length;
  };

  it('keeps common beginnings, exactly', () => {
    const cases: [how: Substitutes, bytesOf: (text: string) => Uint8Array | null, texts: string[]][] = [
      [address, ipBytes, ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.128.0.1', '138.0.0.1', '10.0.0.255']],
      [address, ipBytes, ['fe80::1', 'fe80::2', 'fe80:1::', 'ff02::1', '::ffff:10.0.0.1', '::ffff:10.0.0.2']],
      [mac, (text) => macBytes(text, 6), ['00:1b:21:3c:4d:5e', '00:1b:21:3c:4d:5f', '00:1b:21:ff:ff:ff', '00:1b:20:3c:4d:5e', 'ff:ff:ff:ff:ff:ff']],
    ];
    for (const [how, bytesOf, texts] of cases) {
      for (const a of texts) {
        for (const b of texts) {
          expect(common(bytesOf(substituted(how, a))!, bytesOf(substituted(how, b))!), `${a} ${b}`).to.equal(common(bytesOf(a)!, bytesOf(b)!));
        }
      }
    }
  });

  it('gives a manufacturer the beginning of its addresses, and no address that of an IP address', () => {
    expect(substituted(mac, '00:1b:21:3c:4d:5e').slice(0, 8)).to.equal(substituted(oui, '00:1b:21'));
    const [ip, hardware] = [ipBytes(substituted(address, '0.27.33.60'))!, macBytes(substituted(mac, '00:1b:21:3c:4d:5e'), 6)!];
    expect(common(ip, hardware.subarray(0, 4))).to.be.below(16);
  });

  it('differ with the key', () => {
    const other = prefixSubstitutes(Buffer.from(key.map((byte, index) => (index === 31 ? byte ^ 1 : byte))));
    expect(substituted(other.address, '128.11.68.132')).to.not.equal('135.242.180.132');
  });

  for (const text of ['', 'example.com', '1.2.3', '256.1.1.1', 'fe80::1%eth0', '1:2:3:4:5:6:7:8:9', ':::', '0x7f.1']) {
    it(`takes no ${JSON.stringify(text)} for an address`, () => {
      const buffer = Buffer.from(text);
      expect(address.of(buffer, 0, buffer.length)).to.equal(null);
    });
  }

  for (const text of ['', '00:1b:21', '00:1b:21:3c:4d:5e:6f', '0:1b:21:3c:4d:5e', 'zz:1b:21:3c:4d:5e']) {
    it(`takes no ${JSON.stringify(text)} for a MAC address`, () => {
      const buffer = Buffer.from(text);
      expect(mac.of(buffer, 0, buffer.length)).to.equal(null);
    });
  }
});

describe('addresses as bytes', () => {
  for (const text of ['0.0.0.0', '255.255.255.255', '::', '::1', '1::', 'fe80::1:0:0:1', '2001:db8:1:2:3:4:5:6', '::ffff:1.2.3.4', '2001:0:0:1::']) {
    it(`reads ${text} as it is printed`, () => {
      expect(ipText(ipBytes(text)!)).to.equal(text);
    });
  }

  it('reads other spellings', () => {
    expect(ipText(ipBytes('64:ff9b::192.0.2.33')!)).to.equal('64:ff9b::c000:221');
    expect(ipText(ipBytes('2001:0DB8:0000::0001')!)).to.equal('2001:db8::1');
  });
});

describe('what is remembered', () => {
  it('is bounded, and what was used last stays', () => {
    const map = new RecentMap<number>(100);
    for (let n = 0; n < 10_000; n++) {
      map.set(`${n}`, n);
      expect(map.get('0')).to.equal(0);
      expect(map.size).to.be.at.most(100);
    }
    expect(map.get('9999')).to.equal(9999);
    expect(map.get('5000')).to.equal(undefined);
  });

  it('asks for a value once', () => {
    let asked = 0;
    const how = new Substitutes('counted', (value) => {
      asked++;
      return Buffer.from(`<${value.toString()}>`);
    });
    for (let turn = 0; turn < 3; turn++) for (const value of ['a', 'b']) expect(substituted(how, value)).to.equal(`<${value}>`);
    expect(asked).to.equal(2);
  });
});
