// An environment of a server under test, administered as PingOne's are.

/** Adds an environment of this name. */
export async function addEnvironment(server, name) {
  const manage = async (method, path, resource, type = "application/json") => {
    const { name, password } = server.administrator;
    const response = await fetch(new URL(`/v1${path}`, server.admin), {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
        "Content-Type": type,
      },
      body: resource && JSON.stringify(resource),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return answer && JSON.parse(answer);
  };
  const { id } = await manage("POST", "/environments", { name });
  const path = `/environments/${id}`;
  return {
    id,
    issuer: `${server.issuer}/${id}/as`,
    manage: (method, below, ...rest) => manage(method, `${path}${below}`, ...rest),

    /** Adds a person with a password. */
    async addPerson({ username, email, password }) {
      const person = await manage("POST", `${path}/users`, { username, email });
      const type = "application/vnd.pingidentity.password.set+json";
      await manage("PUT", `${path}/users/${person.id}/password`, { value: password }, type);
      return person.id;
    },

    /** Adds an application; returns its id. */
    async addApplication(application) {
      const added = await manage("POST", `${path}/applications`, { enabled: true, protocol: "OPENID_CONNECT", ...application });
      return added.id;
    },
  };
}
