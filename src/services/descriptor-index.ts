import {
  type DescEnum,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** Files, symbols and their encoded descriptors, as server reflection tells them. */
export class DescriptorIndex {
  readonly serviceNames: readonly string[];
  /** Every message, for the extension queries. */
  readonly #messages = new Set<string>();
  readonly #fileByName = new Map<string, DescFile>();
  readonly #fileBySymbol = new Map<string, DescFile>();
  /** A file's descriptor and those of all files it needs, the file first. */
  readonly #encoded = new Map<DescFile, readonly Uint8Array[]>();

  constructor(services: readonly DescService[]) {
    this.serviceNames = services.map((service) => service.typeName).sort();
    for (const service of services) this.#addFile(service.file);
    for (const file of this.#fileByName.values()) {
      this.#encoded.set(
        file,
        closure(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)),
      );
    }
  }

  /** Encoded FileDescriptorProtos of the file with this name and of its dependencies. */
  byFileName(name: string): readonly Uint8Array[] | undefined {
    return this.#encodedOf(this.#fileByName.get(name));
  }

  /** The same for the file that defines a service, method, message, field, oneof, enum or enum value by its full name. */
  bySymbol(name: string): readonly Uint8Array[] | undefined {
    return this.#encodedOf(this.#fileBySymbol.get(name));
  }

  hasMessage(name: string): boolean {
    return this.#messages.has(name);
  }

  #encodedOf(file: DescFile | undefined): readonly Uint8Array[] | undefined {
    return file && this.#encoded.get(file);
  }

  #addFile(file: DescFile): void {
    // `name` of a DescFile lacks the suffix; the descriptor has the name that imports use.
    if (this.#fileByName.has(file.proto.name)) return;
    this.#fileByName.set(file.proto.name, file);
    for (const service of file.services) {
      this.#fileBySymbol.set(service.typeName, file);
      for (const method of service.methods)
        this.#fileBySymbol.set(`${service.typeName}.${method.name}`, file);
    }
    for (const message of file.messages) this.#addMessage(message, file);
    for (const enumeration of file.enums) this.#addEnum(enumeration, file);
    for (const dependency of file.dependencies) this.#addFile(dependency);
  }

  #addMessage(message: DescMessage, file: DescFile): void {
    this.#messages.add(message.typeName);
    this.#fileBySymbol.set(message.typeName, file);
    for (const member of [...message.fields, ...message.oneofs]) {
      this.#fileBySymbol.set(`${message.typeName}.${member.name}`, file);
    }
    for (const nested of message.nestedMessages) this.#addMessage(nested, file);
    for (const nested of message.nestedEnums) this.#addEnum(nested, file);
  }

  #addEnum(enumeration: DescEnum, file: DescFile): void {
    this.#fileBySymbol.set(enumeration.typeName, file);
    // The values of an enum stand beside it, not inside.
    const scope = enumeration.typeName.slice(0, enumeration.typeName.lastIndexOf('.') + 1);
    for (const value of enumeration.values) this.#fileBySymbol.set(scope + value.name, file);
  }
}

function closure(file: DescFile, seen: Set<DescFile> = new Set()): readonly DescFile[] {
  if (!seen.has(file)) {
    seen.add(file);
    for (const dependency of file.dependencies) closure(dependency, seen);
  }
  return [...seen];
}
