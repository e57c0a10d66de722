export declare const root: string;
export declare function documents(): string[];
export declare function withCurrentQuotes(markdown: string): string;
