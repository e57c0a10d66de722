import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ProblemAnswer } from '../orders/http/order-answers.js';

/** Serves the OpenAPI page at `/docs` and the document at `/docs-json`. */
export function serveApiDocs(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('order-service')
    .setDescription(
      'Orders over HTTP, stored as events in DynamoDB. Money is a decimal string with two digits. Every error is an ' +
        '`application/problem+json` document. Every answer carries `X-Correlation-Id`, taken from the request or made.',
    )
    .setVersion('1.0')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config, { extraModels: [ProblemAnswer] }));
}
