export declare function transpileFolder(source: string, target: string): Promise<void>;
