import { describe, expect, it } from '@jest/globals';
import { eventTableCloudFormation } from './table-cloudformation.js';

interface Template {
  Resources: Record<string, Record<string, unknown>>;
  Outputs: Record<string, unknown>;
}

describe('eventTableCloudFormation', () => {
  it('keeps the table when the stack goes, and gives out its name and ARNs', () => {
    const { Resources, Outputs } = JSON.parse(eventTableCloudFormation({ tableName: 'events' })) as Template;
    expect(Object.keys(Resources)).toEqual(['EventTable']);
    expect(Resources['EventTable']).toMatchObject({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(Outputs).toEqual({
      TableName: { Value: { Ref: 'EventTable' } },
      TableArn: { Value: { 'Fn::GetAtt': ['EventTable', 'Arn'] } },
      StreamArn: { Value: { 'Fn::GetAtt': ['EventTable', 'StreamArn'] } },
    });
  });

  it('lets it go with the stack when asked to, under a logical id of choice', () => {
    const { Resources, Outputs } = JSON.parse(
      eventTableCloudFormation({ tableName: 'events', retain: false, logicalId: 'Events1' }),
    ) as Template;
    expect(Resources['Events1']).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(Outputs['TableName']).toEqual({ Value: { Ref: 'Events1' } });
  });

  it.each(['', 'event-table', 'Ereignis_1'])('refuses "%s" as a logical id', (logicalId) => {
    expect(() => eventTableCloudFormation({ tableName: 'events', logicalId })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'logicalId' }),
    );
  });
});
