// A child process that speaks JSON lines: commands in, events out. And a list of named steps, of
// which the first that fails ends the run: those after it stand on it.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const patience = 120000 // ms; a loaded machine is slow, and a passing test never waits this long

export class Process {
  constructor (name, command, args) {
    this.name = name
    this.log = []
    this.waiters = []
    this.lastId = 0
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.child.stdout }).on('line', line => this.onLine(JSON.parse(line)))
    this.ended = new Promise(resolve => this.child.on('exit', resolve))
    process.on('exit', () => this.child.kill('SIGKILL'))
  }

  onLine (event) {
    this.log.push(event)
    this.waiters = this.waiters.filter(waiter => !waiter(event))
  }

  // The first event from `since` on (an index into the log) that the predicate accepts.
  wait (what, accepts, since = 0) {
    const found = this.log.slice(since).find(accepts)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.name}: no ${what}; last: ${JSON.stringify(this.log.slice(-5))}`)), patience)
      this.waiters.push(event => {
        if (!accepts(event)) return false
        clearTimeout(timer)
        resolve(event)
        return true
      })
    })
  }

  // Waits until `count` events from `since` on are accepted.
  async waitForMany (what, accepts, count, since = 0) {
    const enough = () => this.log.slice(since).filter(accepts).length >= count
    await this.wait(`${count} x ${what}`, enough, Math.max(since, this.log.length - 1))
  }

  send (command) { this.child.stdin.write(JSON.stringify(command) + '\n') }

  // For peer.mjs, which answers every command: the answer, or an error with its text.
  async ask (cmd, options = {}) {
    const id = ++this.lastId
    this.send({ cmd, id, timeout: patience, ...options })
    const reply = await this.wait(`reply to ${cmd}`, event => event.reply === cmd && event.id === id)
    if (!reply.ok) throw new Error(`${this.name} ${cmd}: ${reply.error}`)
    return reply
  }

  async stop () {
    this.child.stdin.end()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10000)
    await this.ended
    clearTimeout(timer)
  }
}

const jsPeer = fileURLToPath(new URL('./js-peer/peer.mjs', import.meta.url))

// A js-libp2p peer that listens on a loopback port, with its `id` and `addr`.
export async function startJs (name, ...options) {
  const peer = new Process(name, process.execPath, [jsPeer, '--ws', 'off', '--dht', 'off', ...options])
  const ready = await peer.wait('ready', e => e.event === 'ready')
  return Object.assign(peer, { id: ready.peerId, addr: ready.addrs[0] })
}

const negotiation = '132f6d756c746973747265616d2f312e302e300a'
const noise = negotiation + '072f6e6f6973650a'

// What a stranger may send, in hexadecimal: none of it gets past the handshake.
export const garbage = {
  'an HTTP request': Buffer.from('GET /' + 'x'.repeat(200)).toString('hex'),
  'an empty negotiation message': '00',
  'an oversized negotiation message': 'ffff01',
  'one unknown proposal after the other': negotiation + '036e6f0a'.repeat(11),
  'a short Noise message': noise + '0003aabbcc',
  'an oversized Noise message': noise + 'ffff',
  'a Noise key of zeros': noise + '0020' + '00'.repeat(32),
  'a Noise message 3 of garbage': noise + '0020' + '09'.repeat(32) + '00b8' + '77'.repeat(184)
}

export async function step (name, run) {
  const start = Date.now()
  try {
    await run()
    console.log(`ok    ${name} (${Date.now() - start} ms)`)
  } catch (error) {
    console.log(`FAIL  ${name}: ${error.message}`)
    process.exit(1)
  }
}

export function equal (actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`)
}

export function finish () {
  console.log('all steps passed')
  process.exit(0)
}
