using System.Globalization;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Ids of migrations for <c>dotnet ef</c>: a time and a name, after the numbered ones (<c>0001_Initial</c>), which Entity Framework's own
/// generator cannot read.
/// </summary>
internal sealed class MigrationIds : IMigrationsIdGenerator
{
    public string GenerateId(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}_{name}");

    public string GetName(string id) => id[(id.IndexOf('_', StringComparison.Ordinal) + 1)..];

    public bool IsValidId(string value) => value.IndexOf('_', StringComparison.Ordinal) is 4 or 14 && char.IsAsciiDigit(value[0]);
}
