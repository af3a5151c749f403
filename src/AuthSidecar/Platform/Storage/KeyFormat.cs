namespace AuthSidecar.Platform.Storage;

/// <summary>Format of a stored key's token; determines the columns that its row must have.</summary>
internal enum KeyFormat
{
    /// <summary><c>ask_</c>, issued here.</summary>
    Ask,

    /// <summary><c>aso_</c>, a device's token of an account.</summary>
    Aso,

    /// <summary><c>ase_</c>, a device's token of an external identity; it has no owner.</summary>
    Ase,

    /// <summary><c>pk_</c>, imported.</summary>
    Pk,

    /// <summary><c>id-secret</c> of coder, imported.</summary>
    Coder,

    /// <summary><c>sk-</c> of LiteLLM, imported.</summary>
    Litellm,
}
