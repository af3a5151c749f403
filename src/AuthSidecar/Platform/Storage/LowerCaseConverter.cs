using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AuthSidecar.Platform.Storage;

/// <summary>Enumerations as the lower-case names of the public contract. A read fails on a name unknown to this version.</summary>
internal sealed class LowerCaseConverter<TEnum>()
    : ValueConverter<TEnum, string>(value => value.ToString().ToLowerInvariant(), stored => Enum.Parse<TEnum>(stored, true))
    where TEnum : struct, Enum;
