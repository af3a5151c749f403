using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AuthSidecar.Platform.Storage;

/// <summary>Enumerations as the lower-case words of the public contract. A word that this version does not know fails the read.</summary>
internal sealed class LowerCaseConverter<TEnum>()
    : ValueConverter<TEnum, string>(value => value.ToString().ToLowerInvariant(), stored => Enum.Parse<TEnum>(stored, true))
    where TEnum : struct, Enum;
