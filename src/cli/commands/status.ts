import { EXIT } from '../exit-code.ts';
import type { Register } from '../program.ts';
import { serverTarget, withServerFlags } from '../server-flags.ts';

export const register: Register = (program, env) => {
  const command = program
    .command('status')
    .description('say how a server is; ends with 0 when it is ready, with 1 when it is not, with 3 without an answer')
    .option('--ready', 'ask only whether it is ready, as a health check does')
    .option('--json', 'print JSON');
  withServerFlags(command).action(async options => {
    const { ServerClient } = await import('../ask-server.ts');
    const client = new ServerClient(serverTarget(env, options));
    const { readiness, status } = await import('../status.ts');
    const { text, ready } = await (options.ready ? readiness : status)(client, options.json === true);
    console.log(text);
    process.exitCode = ready ? EXIT.done : EXIT.refused;
    client.close();
  });
};
