import { createFrond } from 'frond';

const frond = await createFrond({ dataDir: './data' });
await frond.tags.putTag('order', { stepIds: 1000 });

const orders = frond.segment('order'); // keep the source for tight loops
console.log(await orders.next()); // 1n
console.log(orders.tryNext()); // 2n, or undefined if it would have to wait
console.log(await orders.nextMany(3)); // [ { start: 3n, end: 5n, step: 1n } ]

const id = await frond.snowflake.next();
console.log(id, frond.decode(id)); // 2124…n { timeMs: …, workerId: 0, sequence: … }
console.log(await frond.uuid.next()); // 01a2022f-…

await frond.close(); // or: await using frond = await createFrond(…)
