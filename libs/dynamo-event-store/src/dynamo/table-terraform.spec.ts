import { describe, expect, it } from '@jest/globals';
import { eventTableTerraform } from './table-terraform.js';

describe('eventTableTerraform', () => {
  it('is laid out as `terraform fmt` does', () => {
    const text = eventTableTerraform({
      tableName: '${var.stage}-events',
      resourceName: 'order_events',
      billing: { readUnits: 7, writeUnits: 3 },
      deletionProtection: true,
      encryption: { kmsKeyArn: '${aws_kms_key.events.arn}' },
      tableClass: 'infrequent-access',
      tags: { team: 'orders', 'cost center': 'a "quoted" \\ value' },
    });
    expect(text).toBe(String.raw`resource "aws_dynamodb_table" "order_events" {
  name                        = "${'${var.stage}'}-events"
  billing_mode                = "PROVISIONED"
  read_capacity               = 7
  write_capacity              = 3
  hash_key                    = "pk"
  range_key                   = "sk"
  stream_enabled              = true
  stream_view_type            = "NEW_IMAGE"
  deletion_protection_enabled = true
  table_class                 = "STANDARD_INFREQUENT_ACCESS"

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "list"
    type = "S"
  }

  attribute {
    name = "at"
    type = "N"
  }

  global_secondary_index {
    name            = "streams"
    hash_key        = "list"
    range_key       = "at"
    projection_type = "KEYS_ONLY"
    read_capacity   = 7
    write_capacity  = 3
  }

  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.events.arn
  }

  tags = {
    "team"        = "orders"
    "cost center" = "a \"quoted\" \\ value"
  }

  lifecycle {
    prevent_destroy = true
  }
}
`);
  });

  it('lets the table go when asked to, and says nothing of what was not asked for', () => {
    const text = eventTableTerraform({ tableName: 'events', retain: false });
    expect(text).not.toMatch(
      /lifecycle|tags|server_side_encryption|capacity|table_class|deletion_protection|undefined/,
    );
  });

  it.each(['', '1st', 'a b', 'a"b'])('refuses "%s" as the name of a resource', (resourceName) => {
    expect(() => eventTableTerraform({ tableName: 'events', resourceName })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'resourceName' }),
    );
  });
});
