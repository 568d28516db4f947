// What the SDK takes from the platform, without its validator of JSON Schema: that is for answers of a user
// to a server's questions, of which this one has none, and would be a third of the bundle.
export { default as process } from "node:process";

export class DefaultJsonSchemaValidator {
  getValidator() {
    throw new Error("this server validates no JSON Schema");
  }
}
