/** To the next version and back, one node after the other, under the eyes of a client. */

/** What both nodes say of the protocol in their heartbeats of three seconds. */
const listener = `use Socket; socket(S, AF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(694, INADDR_ANY)) or die "$!"; my %last;
alarm 3; $SIG{ALRM} = sub { print join ", ", map { "$_ reads " . ($last{$_} >> 4) . " writes " . $last{$_} % 16 } sort keys %last; exit };
while (1) { my $from = recv(S, my $b, 2000, 0); $last{inet_ntoa((sockaddr_in($from))[1])} = ord substr $b, 3, 1 }`

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function upgrading(guests, scene) {
  const { sh, pid, until, status, bothUp, unnoticed, run, program, must } = guests
  const { check, deb, former, next } = scene
  const protocol = async () => run(program, ['net', 'perl', '-e', listener]).trim()
  for (const [node, spoken] of [
    ['beta', '10.77.0.1 reads 1 writes 1, 10.77.0.2 reads 2 writes 1'],
    ['alpha', '10.77.0.1 reads 2 writes 2, 10.77.0.2 reads 2 writes 2'],
  ])
    await check(`upgrade of ${node}: nobody notices`, () =>
      unnoticed('alpha', async () => {
        const [daemon, beat] = [await pid(node, 'tandemd'), await pid(node, 'tandem-beat')]
        const text = await sh(node, `dpkg -i ${deb}`)
        must(/systemctl restart tandemd && systemctl restart tandem-beat/.test(text), text)
        must(
          (await pid(node, 'tandemd')) === daemon && (await pid(node, 'tandem-beat')) === beat,
          'the package restarted it',
        )
        await sh(node, 'systemctl restart tandemd && systemctl restart tandem-beat')
        const { version } = await status(node)
        must(version === next, `it runs ${version}`)
        const kept = JSON.parse(await sh(node, 'cat /var/lib/tandem/state.json'))
        must((await protocol()) === spoken, `of the protocol, ${await protocol()} instead of ${spoken}`)
        must(kept.version === 2 && kept.generation > 1, `the state was not read and kept: ${JSON.stringify(kept)}`)
      }),
    )
  await check('back to a version that cannot read the state: refused, and nothing is lost', () =>
    unnoticed('alpha', async () => {
      const kept = async () => JSON.parse(await sh('beta', 'cat /var/lib/tandem/state.json'))
      const before = await kept()
      await sh('beta', `dpkg -i ${former}; systemctl --no-block restart tandemd`)
      await until('why', async () => {
        const log = await sh('beta', 'journalctl -u tandemd --no-pager -o cat --since=-20s')
        return (
          /not started: .*state\.json is of version 2, this tandem reads version 1: .*install that again/.test(log) ||
          log
        )
      })
      await sh('beta', `dpkg -i ${deb}; systemctl restart tandemd tandem-beat`)
      await until('beta up', bothUp('beta'))
      const { version, generation, epochCeiling } = await kept()
      const goesOn = generation > before.generation && epochCeiling >= before.epochCeiling
      must(version === 2 && goesOn, `the state was overwritten: generation ${generation}, ceiling ${epochCeiling}`)
    }),
  )
}
