// A child process that speaks JSON lines: commands in, events out. And a list of named steps.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const patience = 60000 // ms; a loaded machine is slow, and a passing test never waits this long

export class Process {
  constructor (name, command, args) {
    this.name = name
    this.log = []
    this.waiters = []
    this.lastId = 0
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.child.stdout }).on('line', line => this.onLine(JSON.parse(line)))
    this.ended = new Promise(resolve => this.child.on('exit', resolve))
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

let failures = 0

export async function step (name, run) {
  const start = Date.now()
  try {
    await run()
    console.log(`ok    ${name} (${Date.now() - start} ms)`)
  } catch (error) {
    failures++
    console.log(`FAIL  ${name}: ${error.message}`)
  }
}

export function equal (actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`)
}

export function finish () {
  console.log(failures === 0 ? 'all steps passed' : `${failures} steps failed`)
  process.exit(failures === 0 ? 0 : 1)
}
