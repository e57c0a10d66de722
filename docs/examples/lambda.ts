import { NestFactory } from '@nestjs/core';
import { ReadSide } from 'nestjs-dynamo-event-store';
import { createStreamHandler } from 'nestjs-dynamo-event-store/lambda';
import { OrdersModule } from './orders-module-for-lambda.js';

export const handler = createStreamHandler(async () => {
  const application = await NestFactory.createApplicationContext(OrdersModule);
  return application.get(ReadSide);
});
