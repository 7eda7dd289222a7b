// Now, by the server's clock: this computer's own may be wrong.

let ahead = 0; // the server's clock minus this page's

export const set = (serverNow) => { ahead = serverNow - performance.now(); };
export const now = () => performance.now() + ahead;
