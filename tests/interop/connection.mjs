// js-libp2p against our Connection machine (connection_peer), both ways round.
//
//   node connection.mjs PATH_OF_CONNECTION_PEER
import { connect } from 'node:net'
import { once } from 'node:events'
import { Process, startJs, step, equal, finish, garbage } from './process.mjs'

const ourProgram = process.argv[2]
const echo = '/echo/1.0.0'

const startOurs = async (...options) => {
  const peer = new Process('ours', ourProgram, options)
  const ready = await peer.wait('ready', e => e.event === 'ready')
  return Object.assign(peer, { id: ready.peerId, addr: ready.addr })
}

// Everything that works over one open connection, whoever dialed. `conn` is our number for it.
async function exerciseConnection (js, ours, conn, side) {
  await step(`${side}: identify both ways`, async () => {
    const seen = await ours.wait('identified', e => e.event === 'identified' && e.conn === conn)
    equal(seen.agent, 'js-peer/1.0.0', 'agent')
    equal(seen.protocols.includes('/ipfs/ping/1.0.0'), true, 'ping among the protocols')
    equal(seen.observed.includes('/ip4/127.0.0.1/tcp/'), true, 'observed address')
    const told = await js.wait('identify', e => e.event === 'identify' && e.peer === ours.id)
    equal(told.agentVersion, 'connection-peer/1.0.0', 'agent')
    equal(told.protocols.join(), `/ipfs/id/1.0.0,/ipfs/id/push/1.0.0,/ipfs/ping/1.0.0,${echo}`, 'protocols')
    equal(ours.addr.startsWith(told.listenAddrs[0]), true, 'listen address')
  })
  await step(`${side}: ping both ways, repeatedly`, async () => {
    for (let i = 1; i <= 5; i++) {
      await js.ask('ping', { peer: ours.id })
      ours.send({ cmd: 'ping', conn })
      await ours.waitForMany('ponged', e => e.event === 'ponged' && e.conn === conn, i)
    }
  })
  await step(`${side}: 2 MB through us and back, with window updates`, async () => {
    const r = await js.ask('echo', { peer: ours.id, size: 2000000 })
    equal(r.equal, true, 'bytes')
  })
  await step(`${side}: 600 kB through js and back`, async () => {
    const since = ours.log.length
    ours.send({ cmd: 'open', conn, protocol: echo, size: 600000 })
    const r = await ours.wait('echoed', e => e.event === 'echoed', since)
    equal(r.equal, true, 'bytes')
  })
  await step(`${side}: half close still lets the answer through`, async () => {
    const { stream } = await js.ask('open', { peer: ours.id, protocol: echo, text: 'half', close: true })
    await js.wait('answer', e => e.event === 'stream-data' && e.stream === stream && e.text === 'half')
    const closed = await js.wait('close', e => e.event === 'stream-closed' && e.stream === stream)
    equal(closed.error, null, 'error')
  })
  await step(`${side}: 300 streams opened by js`, async () => {
    const all = Array.from({ length: 300 }, (_, i) => js.ask('echo', { peer: ours.id, text: `stream ${i}` }))
    for (const reply of await Promise.all(all)) equal(reply.equal, true, 'bytes')
  })
  await step(`${side}: 200 streams opened by us`, async () => {
    const since = ours.log.length
    ours.send({ cmd: 'open', conn, protocol: echo, size: 500, times: 200 })
    await ours.waitForMany('echoed', e => e.event === 'echoed' && e.equal, 200, since)
  })
  await step(`${side}: a reset by js reaches us`, async () => {
    const since = ours.log.length
    const { stream } = await js.ask('open', { peer: ours.id, protocol: echo, text: 'abc' })
    await js.wait('answer', e => e.event === 'stream-data' && e.stream === stream)
    await js.ask('stream-reset', { stream })
    await ours.wait('stream-reset', e => e.event === 'stream-reset', since)
  })
  await step(`${side}: a reset by us reaches js`, async () => {
    const { stream } = await js.ask('open', { peer: ours.id, protocol: echo, text: 'abc' })
    await js.wait('answer', e => e.event === 'stream-data' && e.stream === stream)
    ours.send({ cmd: 'reset', conn })
    const closed = await js.wait('close', e => e.event === 'stream-closed' && e.stream === stream)
    equal(closed.error !== null, true, 'an error')
  })
  await step(`${side}: unknown protocols are refused both ways`, async () => {
    const refusal = await js.ask('open', { peer: ours.id, protocol: '/nope/9' }).catch(error => error)
    equal(refusal instanceof Error, true, 'a refusal')
    ours.send({ cmd: 'open', conn, protocol: '/nope/9' })
    await ours.wait('refused', e => e.event === 'refused' && e.protocol === '/nope/9')
  })
  await step(`${side}: identify push both ways`, async () => {
    const [sinceOurs, sinceJs] = [ours.log.length, js.log.length]
    await js.ask('push')
    await ours.wait('identified', e => e.event === 'identified', sinceOurs)
    ours.send({ cmd: 'push', conn, agent: 'connection-peer/2.0.0' })
    await js.wait('identify', e => e.event === 'identify' && e.agentVersion === 'connection-peer/2.0.0', sinceJs)
  })
}

async function jsDialsUs (js, ours, side) {
  let conn
  await step(`${side}: js dials us`, async () => {
    const since = ours.log.length
    const dialed = await js.ask('dial', { addr: ours.addr })
    equal(dialed.encryption, '/noise', 'encryption')
    equal(dialed.muxer, '/yamux/1.0.0', 'muxer')
    const secured = await ours.wait('secured', e => e.event === 'secured', since)
    equal(secured.peer, js.id, 'peer')
    conn = secured.conn
  })
  return conn
}

async function weDialJs (js, ours, side) {
  let conn
  await step(`${side}: we dial js`, async () => {
    const since = ours.log.length
    ours.send({ cmd: 'dial', addr: js.addr })
    conn = (await ours.wait('open', e => e.event === 'open', since)).conn
    await js.wait('connected', e => e.event === 'connected' && e.peer === ours.id)
  })
  return conn
}

const closedByUs = (ours, conn) => ours.wait('closed', e => e.event === 'closed' && e.conn === conn)

const silent = '--no-early-muxer'
for (const [name, options, ourOptions] of [
  ['both early', [], []],
  ['js silent', [silent], []], // js then starts Yamux at once when it dials a peer that names it
  ['we silent', [], [silent]],
  ['both silent', [silent], [silent]]
]) {
  const js = await startJs('js', ...options)
  const ours = await startOurs(...ourOptions)
  const inbound = await jsDialsUs(js, ours, name)
  await exerciseConnection(js, ours, inbound, `${name}, js dialed`)
  await step(`${name}: js hangs up`, async () => {
    await js.ask('hangup', { peer: ours.id })
    equal((await closedByUs(ours, inbound)).reason, 'closed by the peer', 'reason')
  })
  await js.stop()
  const other = await startJs('js', ...options)
  const outbound = await weDialJs(other, ours, name)
  await exerciseConnection(other, ours, outbound, `${name}, we dialed`)
  await step(`${name}: we hang up`, async () => {
    ours.send({ cmd: 'close', conn: outbound })
    await other.wait('disconnected', e => e.event === 'disconnected' && e.peer === ours.id)
  })
  await Promise.all([other.stop(), ours.stop()])
}

{
  const js = await startJs('js')
  const ours = await startOurs()
  await jsDialsUs(js, ours, 'garbage')
  await step('the wrong peer is refused', async () => {
    const since = ours.log.length
    ours.send({ cmd: 'dial', addr: js.addr.replace(js.id, ours.id) })
    const closed = await ours.wait('closed', e => e.event === 'closed', since)
    equal(closed.reason, 'another peer than the one dialed', 'reason')
  })
  const reasonOf = what => what.includes('Noise') ? 'the Noise handshake failed' : 'not a multistream-select negotiation'
  const port = Number(ours.addr.split('/')[4])
  for (const [what, bytes] of Object.entries(garbage)) {
    await step(`${what} closes that connection only`, async () => {
      const since = ours.log.length
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.end(Buffer.from(bytes, 'hex'))
      const closed = await ours.wait('closed', e => e.event === 'closed', since)
      equal(closed.reason, reasonOf(what), 'reason')
      await js.ask('ping', { peer: ours.id })
      socket.destroy()
    })
  }
  await step('a connection that is cut off in the handshake is closed as such', async () => {
    const since = ours.log.length
    connect(port, '127.0.0.1').end(Buffer.from('13', 'hex'))
    const closed = await ours.wait('closed', e => e.event === 'closed', since)
    equal(closed.reason, 'cut off inside a message', 'reason')
  })
  await Promise.all([js.stop(), ours.stop()])
}

finish()
