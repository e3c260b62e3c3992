// js-libp2p against a running node of ours: two js peers dial it, two others are dialed by it.
//
//   node node.mjs PATH_OF_TROUPE
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startJs, step, equal, finish, garbage } from './process.mjs'

const program = process.argv[2]
const home = mkdtempSync(join(tmpdir(), 'troupe-interop-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))

const ping = '/ipfs/ping/1.0.0'
const channels = ['consensus', 'lanes', 'sync'].map(name => `/troupe/${name}/1.0.0`)
const payload = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf'

function troupe (...words) {
  const run = spawnSync(program, ['--home', home, ...words], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`troupe ${words.join(' ')}: ${run.stderr}${run.stdout}`)
  return run.stdout
}

async function freePort () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

// A network of one validator, whose configuration names the given peers.
async function startNode (peers) {
  const net = join(home, '.troupe')
  troupe('init', home, '--nodes', '1', '--port', String(await freePort()))
  const config = join(net, 'n1', 'config.toml')
  const text = readFileSync(config, 'utf8').replace(/^peers = \[[^\]]*\]/m, `peers = ${JSON.stringify(peers)}`)
  writeFileSync(config, text)
  const child = spawn(program, ['--home', home, 'node', '--config', config, '--ready-fd', '3'],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  process.on('exit', () => child.kill('SIGKILL'))
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] }).on('line', line => { if (line.startsWith('ready')) resolve() })
    child.on('exit', code => reject(new Error(`the node ended with ${code}`)))
  })
  await ready
  return { net, child, addr: /^listen = "([^"]*)"/m.exec(text)[1] }
}

const node = {}
const silent = '--no-early-muxer'
const dialed = { early: await startJs('early, dialed'), silent: await startJs('silent, dialed', silent) }
await step('the node starts', async () => Object.assign(node, await startNode(Object.values(dialed).map(js => js.addr))))

// Everything that works over one open connection, whoever dialed.
async function exercise (js) {
  const name = js.name
  const since = js.log.length
  await step(`${name}: identify both ways`, async () => {
    const told = await js.wait('identify', e => e.event === 'identify' && e.peer === node.id)
    equal(told.agentVersion.startsWith('troupe/'), true, 'agent')
    for (const protocol of ['/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', ping, ...channels]) {
      equal(told.protocols.includes(protocol), true, protocol)
    }
    equal(told.listenAddrs.includes(node.addr), true, 'listen address')
    equal(told.observedAddr.startsWith('/ip4/127.0.0.1/tcp/'), true, 'observed address')
  })
  await step(`${name}: 300 pings, each on a stream of its own`, async () => {
    for (let i = 0; i < 300; i++) await js.ask('ping', { peer: node.id })
  })
  await step(`${name}: half close still lets the answer through`, async () => {
    const { stream } = await js.ask('open', { peer: node.id, protocol: ping, hex: payload, close: true })
    await js.wait('answer', e => e.event === 'stream-data' && e.stream === stream && e.hex === payload)
    const closed = await js.wait('close', e => e.event === 'stream-closed' && e.stream === stream)
    equal(closed.error, null, 'error')
  })
  await step(`${name}: 600 kB there and back, with window updates`, async () => {
    const { stream } = await js.ask('open', { peer: node.id, protocol: ping })
    await js.ask('stream-send', { stream, hex: payload, repeat: 600000 })
    await js.ask('stream-close', { stream })
    const closed = await js.wait('close', e => e.event === 'stream-closed' && e.stream === stream)
    equal(closed.received, 600000, 'bytes echoed')
  })
  await step(`${name}: a reset ends that stream only`, async () => {
    const { stream } = await js.ask('open', { peer: node.id, protocol: ping, hex: payload })
    await js.wait('answer', e => e.event === 'stream-data' && e.stream === stream)
    await js.ask('stream-reset', { stream })
    await js.ask('ping', { peer: node.id })
  })
  await step(`${name}: unknown protocols are refused`, async () => {
    const refusal = await js.ask('open', { peer: node.id, protocol: '/nope/9' }).catch(error => error)
    equal(refusal instanceof Error, true, 'a refusal')
  })
  await step(`${name}: the members' channels are closed to strangers`, async () => {
    for (const protocol of channels) {
      const stream = await js.ask('open', { peer: node.id, protocol, text: 'hello' }).catch(() => null)
      if (stream) await js.wait('close', e => e.event === 'stream-closed' && e.stream === stream.stream && e.error)
    }
    await js.ask('ping', { peer: node.id })
  })
  await step(`${name}: identify push is taken`, async () => {
    await js.ask('push')
    await js.ask('ping', { peer: node.id })
  })
  equal(js.log.slice(since).some(e => e.event === 'disconnected'), false, 'a disconnection meanwhile')
}

for (const js of Object.values(dialed)) {
  await step(`${js.name}: the node dials js`, async () => {
    const connected = await js.wait('connected', e => e.event === 'connected')
    equal(connected.direction, 'inbound', 'direction')
    equal(connected.encryption, '/noise', 'encryption')
    equal(connected.muxer, '/yamux/1.0.0', 'muxer')
    node.id = connected.peer
  })
  await exercise(js)
}
const dialers = [await startJs('early, dialer'), await startJs('silent, dialer', silent)]
for (const js of dialers) {
  await step(`${js.name}: js dials the node`, async () => {
    const connection = await js.ask('dial', { addr: `${node.addr}/p2p/${node.id}` })
    equal(connection.encryption, '/noise', 'encryption')
    equal(connection.muxer, '/yamux/1.0.0', 'muxer')
  })
  await exercise(js)
}
await step('the node knows its four peers by what they said', async () => {
  const report = troupe('--net', node.net, '--json', 'peers')
  for (const js of [...Object.values(dialed), ...dialers]) equal(report.includes(js.id), true, js.name)
  equal(report.split('js-peer/1.0.0').length - 1, 4, 'agents')
})
for (const [what, bytes] of Object.entries(garbage)) {
  await step(`${what} closes that connection only`, async () => {
    const [, , host, , port] = node.addr.split('/')
    const socket = connect(Number(port), host)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(Buffer.from(bytes, 'hex'))
    socket.resume()
    await once(socket, 'close')
    for (const js of dialers) await js.ask('ping', { peer: node.id })
  })
}
await step('a peer that hangs up is dialed again', async () => {
  const js = dialed.early
  const since = js.log.length
  await js.ask('hangup', { peer: node.id })
  await js.wait('connected', e => e.event === 'connected' && e.peer === node.id, since)
})
await step('the node stops in order', async () => {
  node.child.kill('SIGTERM')
  const [code] = await once(node.child, 'exit')
  equal(code, 0, 'exit code')
  for (const js of dialers) await js.wait('disconnected', e => e.event === 'disconnected')
})
for (const js of [...Object.values(dialed), ...dialers]) await js.stop()
finish()
