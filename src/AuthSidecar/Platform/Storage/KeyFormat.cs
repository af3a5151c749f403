namespace AuthSidecar.Platform.Storage;

/// <summary>Which kind of token a stored key is, and with that what its row must look like.</summary>
internal enum KeyFormat
{
    /// <summary><c>ask_</c>, made here.</summary>
    Ask,

    /// <summary><c>aso_</c>, a device's token of an account.</summary>
    Aso,

    /// <summary><c>ase_</c>, a device's token of somebody whom only an external identity provider knows; no user owns it.</summary>
    Ase,

    /// <summary><c>pk_</c>, imported.</summary>
    Pk,

    /// <summary><c>id-secret</c> of coder, imported.</summary>
    Coder,

    /// <summary><c>sk-</c> of LiteLLM, imported.</summary>
    Litellm,
}
